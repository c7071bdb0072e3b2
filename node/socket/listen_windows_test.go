package socket_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/Microsoft/go-winio"
	"golang.org/x/sys/windows"

	"tongbu/internal/fault"
	"tongbu/node/socket"
)

// pipeOf is the pipe of a directory without links.
func pipeOf(t *testing.T, dir string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	return socket.PipeName(dir)
}

func TestPipeIsGuarded(t *testing.T) {
	dir := t.TempDir()
	mustServe(t, dir)
	conn, err := winio.DialPipeContext(t.Context(), pipeOf(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // of a test
	handle := windows.Handle(conn.(interface{ Fd() uintptr }).Fd())
	sd, err := windows.GetSecurityInfo(handle, windows.SE_KERNEL_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		t.Fatal(err)
	}
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		t.Fatal(err)
	}
	if owner, _, err := sd.Owner(); err != nil || !owner.Equals(user.User.Sid) {
		t.Errorf("got owner %v, %v, want %v", owner, err, user.User.Sid)
	}
	if got := sd.String(); strings.Count(got, "(") != 2 || strings.Contains(got, "WD") || strings.Contains(got, "AN") {
		t.Errorf("got %s, want two entries, of the owner and the administrators", got)
	}
}

// TestPipeIsTaken: who has the name already is told from a process that serves.
func TestPipeIsTaken(t *testing.T) {
	if windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version").Find() == nil {
		t.Skip("Wine 8 gives a pipe's name to several (NtCreateNamedPipeFile takes no notice of FILE_CREATE)")
	}
	dir := t.TempDir()
	other, err := winio.ListenPipe(pipeOf(t, dir), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close() //nolint:errcheck // of a test
	if _, err := socket.Listen(dir); fault.Of(err) != fault.Busy {
		t.Errorf("got %v, want busy", err)
	}
}

// TestPipeOfAStranger: nothing is sent to who is not known.
func TestPipeOfAStranger(t *testing.T) {
	dir := t.TempDir()
	stranger, err := winio.ListenPipe(pipeOf(t, dir), &winio.PipeConfig{SecurityDescriptor: "O:S-1-5-21-1-2-3-1001D:(A;;FA;;;WD)"})
	if err != nil {
		t.Skip("this account may not make a pipe in the name of another: ", err)
	}
	came := make(chan int, 1)
	go func() {
		n := 0 // the listener drops calls that are over before it answers them
		if conn, err := stranger.Accept(); err == nil {
			n, _ = conn.Read(make([]byte, 1)) // ends when the client has gone
			_ = conn.Close()
		}
		came <- n
	}()
	if _, err := socket.Dial(t.Context(), dir); fault.Of(err) != fault.Denied {
		t.Errorf("got %v, want denied", err)
	}
	if err := stranger.Close(); err != nil {
		t.Error(err)
	}
	if n := <-came; n != 0 {
		t.Errorf("the stranger got %d bytes, want a call without any", n)
	}
}

// TestPipeByOtherNames: however a directory is written, its process is found.
func TestPipeByOtherNames(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Street")
	if err := windows.CreateDirectory(windows.StringToUTF16Ptr(dir), nil); err != nil {
		t.Fatal(err)
	}
	mustServe(t, dir)
	t.Chdir(dir)
	for _, name := range []string{strings.ToUpper(dir), filepath.ToSlash(dir), dir + `\`, ".", `..\street`} {
		c, err := socket.Dial(t.Context(), name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c.Close()
	}
}
