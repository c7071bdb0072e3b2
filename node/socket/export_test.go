package socket

// HandleLines answers with JSON Lines and their typed end.
var HandleLines = handleLines

// PipeName is the name of a directory's pipe, PipeGuard who may use it.
var PipeName, PipeGuard = pipeName, pipeGuard
