"""The agreement as people read, compare and sign it: in their language, with what history says beside it."""
