"""Models: an autoencoder is a network's encoder, a bottleneck and the network's decoder."""
