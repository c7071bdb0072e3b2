//go:build !windows

package proctest

import "os"

func sendSignal(p *os.Process, sig os.Signal) error { return p.Signal(sig) }
