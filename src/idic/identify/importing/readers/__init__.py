"""Files of any sort become one shape: numbered rows of text cells under the file's own headings.

`inspect_file` looks at a file and says how it is to be read; `load` reads it into a workspace.
"""

from .inspection import FileShape, inspect_file
from .workspace import RAW, Workspace, load, open_workspace

__all__ = ["RAW", "FileShape", "Workspace", "inspect_file", "load", "open_workspace"]
