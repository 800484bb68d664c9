// Every component of the page, in one module: Panel takes each by the name of its class.

import Grid from "./grid/grid.js";

export default { Grid };
