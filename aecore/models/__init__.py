"""Models: autoencoders made of a network, a bottleneck and the network's decoder."""
