"""One file per part of the portal: each has one blueprint, called `pages`."""
