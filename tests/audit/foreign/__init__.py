"""What others wrote looks at a log and a package of ours: it must agree, and see every forgery."""
