"""What `verify` looks at, one thing a file. Each yields findings, holds little in memory, and changes nothing."""
