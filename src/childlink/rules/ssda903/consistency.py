"""One child, the same in every table."""
