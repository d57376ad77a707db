"""Model families: which tensor is which matrix kind, its sides, fused views, neurons."""
