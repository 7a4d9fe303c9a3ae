"""What every endpoint of `/v1` promises alike: keys, pages, preconditions, request ids, quotas."""
