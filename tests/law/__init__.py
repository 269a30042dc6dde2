"""The law's data: complete, without contradiction, and only what the law allows."""
