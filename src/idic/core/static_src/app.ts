/** The one script of the pages: htmx with its strict settings (see the meta tag in core/base.html),
 *  then the islands. Every page works without it. */
import "htmx.org/dist/htmx.esm.js";
