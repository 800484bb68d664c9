"""$lookup $unionWith $facet: several tables."""
