"""Questions asked of tables: typed expressions, plans, reductions, and the engines that answer them."""
