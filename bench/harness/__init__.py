"""What bench/run is made of: servers, load, cases, report."""
