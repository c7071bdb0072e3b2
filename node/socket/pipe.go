package socket

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Windows has one space of names for all pipes, and everybody may take a free
// one. The name therefore follows from the directory alone, so that the client
// needs nothing to find it, and who made the pipe is checked before it is used.

const pipePrefix = `\\.\pipe\tongbu-`

// pipeName is the name of the pipe of a directory, given by its full path:
// Windows takes capitals and small letters, and both slashes, for the same.
func pipeName(dir string) string {
	same := strings.ReplaceAll(strings.ToLower(dir), "/", `\`)
	if len(same) > len(`c:\`) { // of a drive the slash is part of the name
		same = strings.TrimRight(same, `\`)
	}
	sum := sha256.Sum256([]byte(same))
	return pipePrefix + hex.EncodeToString(sum[:16])
}

// pipeGuard is the security descriptor, in SDDL, of the pipe of a user: it is
// owned by that user, and only the user and the administrators may use it.
func pipeGuard(user string) string {
	return "O:" + user + "D:P(A;;FA;;;" + user + ")(A;;FA;;;BA)"
}
