"""Training on the nodes of a Ray cluster: a bridge process takes the place of the queue's workers (`AECORE_RAY`)."""
