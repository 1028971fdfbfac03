"""What the office does about a figure: letters that were issued, tasks that were given. Books in the store, not figures."""
