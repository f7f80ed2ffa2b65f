"""What benchmarks run on: generated shops, kept in the temporary directory between runs."""
