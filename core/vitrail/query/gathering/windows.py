"""What only windows have: ranks, neighbours, slopes, areas, gaps filled."""
