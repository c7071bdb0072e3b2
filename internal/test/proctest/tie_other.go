//go:build !linux && !windows

package proctest

import "os/exec"

func tieToTest(*exec.Cmd) {}
