package proctest

import (
	"os"
	"os/exec"
	"syscall"
)

// tieToTest gives the process a group of its own, which is how Windows lets it be
// asked to end.
func tieToTest(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

var consoleEvent = syscall.NewLazyDLL("kernel32.dll").NewProc("GenerateConsoleCtrlEvent")

// sendSignal ends the process, or asks it to end with Ctrl-Break: there is no
// other signal on Windows, and the program takes this one as it takes Ctrl-C.
func sendSignal(p *os.Process, sig os.Signal) error {
	if sig == os.Kill {
		return p.Kill()
	}
	done, _, err := consoleEvent.Call(syscall.CTRL_BREAK_EVENT, uintptr(p.Pid))
	if done == 0 {
		return err
	}
	return nil
}
