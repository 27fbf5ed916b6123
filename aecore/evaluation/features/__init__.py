"""What codes are good for: classification with few labels, clusters, and the factors that images were made of."""
