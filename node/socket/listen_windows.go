package socket

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"

	"tongbu/internal/fault"
)

const (
	// pipeBuffer is how much waits in a pipe, each way, before a writer waits.
	pipeBuffer = 64 << 10
	// pipeLimit bounds the wait for a pipe that is there and answers nobody.
	pipeLimit = 10 * time.Second
)

var (
	errStranger   = fault.New(fault.Denied, "the pipe of this directory was made by another user").WithHint("find out who runs programs on this computer, and do not serve until that has ended")
	errUnanswered = fault.New(fault.Unavailable, "the serving process does not answer").WithHint("try again; if it goes on, end tongbu serve and start it again")
)

// Listen opens the pipe of a directory. The caller holds the directory's lock,
// so a pipe of that name that is there is not of this program.
func Listen(dir string) (net.Listener, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, fault.Wrap("open the pipe for the command line", err)
	}
	user, err := userSID()
	if err != nil {
		return nil, fault.As(fault.Internal, "open the pipe for the command line", err)
	}
	listener, err := winio.ListenPipe(pipeName(fullPath(dir)), &winio.PipeConfig{
		SecurityDescriptor: pipeGuard(user), InputBufferSize: pipeBuffer, OutputBufferSize: pipeBuffer})
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
		return nil, fault.As(fault.Busy, "another process has the pipe of this directory", err).
			WithHint("end the other tongbu serve, or find out who took its name")
	}
	if err != nil {
		return nil, fault.Wrap("open the pipe for the command line", err)
	}
	if err := os.WriteFile(filepath.Join(dir, SocketFile), nil, 0o600); err != nil {
		_ = listener.Close()
		return nil, fault.Wrap("open the pipe for the command line", err)
	}
	return listener, nil
}

// connect opens a connection to the process that serves the directory, after a
// look at who made the pipe: a stranger may have taken the name first, to read
// what the command line sends.
func connect(ctx context.Context, dir string) (net.Conn, error) {
	limited, cancel := context.WithTimeout(ctx, pipeLimit)
	defer cancel()
	conn, err := winio.DialPipeContext(limited, pipeName(fullPath(dir)))
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return nil, errUnanswered
	}
	if err != nil {
		return nil, err
	}
	if err := checkOwner(conn, dir); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// fullPath is the one path of a directory: long names in place of short ones,
// and no links. Where Windows does not tell, the absolute path serves.
func fullPath(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	return dir
}

// userSID is the identifier of the account that runs the program.
func userSID() (string, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return "", err
	}
	return user.User.Sid.String(), nil
}

// checkOwner returns errStranger unless the pipe is of this user, of the
// computer's administrators or the system, or of whom the directory is. None
// but these can give themselves such an owner.
func checkOwner(conn net.Conn, dir string) error {
	pipe, ok := conn.(interface{ Fd() uintptr })
	if !ok {
		return fault.New(fault.Internal, "a pipe has no handle")
	}
	sd, err := windows.GetSecurityInfo(windows.Handle(pipe.Fd()), windows.SE_KERNEL_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return fault.As(fault.Denied, "see who made the pipe", err)
	}
	owner, _, err := sd.Owner()
	if err != nil || owner == nil {
		return errStranger
	}
	if owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) || owner.IsWellKnown(windows.WinLocalSystemSid) ||
		slices.Contains(trusted(dir), owner.String()) {
		return nil
	}
	return errStranger
}

// trusted are the accounts whose processes may serve the directory.
func trusted(dir string) (accounts []string) {
	if user, err := userSID(); err == nil {
		accounts = append(accounts, user)
	}
	sd, err := windows.GetNamedSecurityInfo(dir, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return accounts
	}
	if owner, _, err := sd.Owner(); err == nil && owner != nil {
		accounts = append(accounts, owner.String())
	}
	return accounts
}
