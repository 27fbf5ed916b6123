"""Worker processes, each of which trains several runs in turn, and the queue that starts them."""
