// Every component of the page, in one module: Panel takes each by the name of its class.

import Crumbs from "./crumbs.js";
import Drawer from "./drawer.js";
import Drawing from "./drawing.js";
import Grid from "./grid/grid.js";
import Lights from "./lights.js";
import Sidebar from "./sidebar/sidebar.js";
import Toolbar from "./toolbar/toolbar.js";
import "./picture/picture.js";

export default { Crumbs, Drawer, Drawing, Grid, Lights, Sidebar, Toolbar };
