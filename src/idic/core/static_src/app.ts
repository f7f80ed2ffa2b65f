/** The one script of the pages: htmx with its strict settings (see core/_head.html), then the
 *  islands. Every page works without it. */
import "htmx.org/dist/htmx.esm.js";
import "./islands/announce";
import "./islands/appearance";
import "./islands/choose";
import "./islands/confirm";
import "./islands/copy";
import "./islands/day";
import "./islands/dialog";
import "./islands/drop";
import "./islands/keep";
import "./islands/order";
import "./islands/palette";
import "./islands/rows";
import "./islands/shortcuts";
import "./islands/skeleton";
import "./islands/toast";
