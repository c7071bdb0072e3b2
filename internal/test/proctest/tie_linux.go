package proctest

import (
	"os/exec"
	"syscall"
)

// tieToTest ends the process with the test's, also when that is killed.
func tieToTest(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
