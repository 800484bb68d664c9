"""The frame that holds the panes: sessions, page, server."""
