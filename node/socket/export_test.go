package socket

// HandleLines answers with JSON Lines and their typed end.
var HandleLines = handleLines
