package logs

// OpenSmall opens a log file with a limit of its own.
func OpenSmall(path string, limit int64) (*File, error) { return openFile(path, limit) }
