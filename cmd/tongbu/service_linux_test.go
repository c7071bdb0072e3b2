package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongbu/internal/test/proctest"
	"tongbu/node/operate/service"
)

// machine is a root of its own for the program: /etc and /run of a directory of the
// test, where a stand-in of systemctl notes what it is told.
type machine struct {
	t       *testing.T
	root    string
	program *proctest.Program
}

const standIn = `#!/bin/sh
echo "$*" >>%[1]s/calls
[ "$1" = is-active ] && cat %[1]s/state
[ ! -e %[1]s/refuse-"$1" ]
`

func newMachine(t *testing.T) *machine {
	t.Helper()
	if os.Geteuid() != 0 || exec.CommandContext(t.Context(), "unshare", "--mount", "true").Run() != nil {
		t.Skip("a root of one's own needs root and mount namespaces")
	}
	m := &machine{t: t, root: t.TempDir()}
	for _, dir := range []string{"etc/systemd/system", "run/systemd/system", "bin"} {
		if err := os.MkdirAll(filepath.Join(m.root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	m.write("bin/systemctl", fmt.Sprintf(standIn, m.root))
	m.write("state", "active\n")
	for _, dir := range []string{filepath.Dir(program(t).Path), filepath.Dir(m.root)} { // others go there, too
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	m.program = program(t, "PATH="+filepath.Join(m.root, "bin")+":"+os.Getenv("PATH"))
	return m
}

func (m *machine) write(name, text string) {
	m.t.Helper()
	if err := os.WriteFile(filepath.Join(m.root, name), []byte(text), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) read(name string) string {
	raw, _ := os.ReadFile(filepath.Join(m.root, name)) // none: empty
	return string(raw)
}

// calls are what systemctl was told since the last time.
func (m *machine) calls() string {
	text := m.read("calls")
	_ = os.Remove(filepath.Join(m.root, "calls"))
	return strings.Join(strings.Split(strings.TrimSpace(text), "\n"), "; ")
}

// run runs the program with the root of its own, as root or another.
func (m *machine) run(uid int, args ...string) (code int, out, talk string) {
	m.t.Helper()
	inside := m.program.Command(m.t.Context(), args...)
	script := `mount --bind "$0/etc" /etc && mount --bind "$0/run" /run && exec "$@"`
	within := append([]string{"--mount", "sh", "-c", script, m.root, "setpriv", "--clear-groups", fmt.Sprintf("--reuid=%d", uid), fmt.Sprintf("--regid=%d", uid), "--"}, inside.Args...)
	cmd := exec.CommandContext(m.t.Context(), "unshare", within...)
	var stdout, stderr bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = inside.Env, &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		m.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// want runs the program as root and wants an exit code, and a text in what it says.
func (m *machine) want(code int, text string, args ...string) string {
	m.t.Helper()
	got, out, talk := m.run(0, args...)
	if got != code || !strings.Contains(talk, text) {
		m.t.Errorf("%q: got %d, want %d with %q\n%s%s", args, got, code, text, out, talk)
	}
	return out
}

const serviceUnits = "code,name,level,parent_code\n420200000000,黄石市,2,\n"

// city founds a city that belongs to a user.
func (m *machine) city(name string, uid int) string {
	m.t.Helper()
	dir := filepath.Join(m.root, name)
	m.write("units.csv", serviceUnits)
	r, err := m.program.Run(m.t.Context(), nil, "init", "--dir", dir, "--unit", "420200000000", "--units", filepath.Join(m.root, "units.csv"), "--listen", "127.0.0.1:7440", "--web", "127.0.0.1:443")
	if err != nil || r.Code != 0 {
		m.t.Fatalf("%v %v", err, r)
	}
	m.give(dir, uid)
	return dir
}

func (m *machine) give(dir string, uid int) {
	m.t.Helper()
	if err := exec.CommandContext(m.t.Context(), "chown", "-R", fmt.Sprint(uid), dir).Run(); err != nil {
		m.t.Fatal(err)
	}
}

// TestService: a service is installed, again, looked at and removed; who may not, or
// cannot, is told.
func TestService(t *testing.T) {
	m := newMachine(t)
	m.want(3, "join", "service", "install", "--dir", filepath.Join(m.root, "nowhere"))
	dir := m.city("city", 0)
	m.want(3, "is not installed as a service (tongbu service install --dir", "service", "status", "--dir", dir)
	m.want(3, "is not installed", "service", "remove", "--dir", dir)
	m.want(2, "chown -R tongbu: "+dir+" ", "service", "install", "--dir", dir)
	m.want(2, "does not belong to li (chown -R li: ", "service", "install", "--dir", dir, "--user", "li")
	m.give(dir, 54321)
	if code, _, talk := m.run(54321, "service", "install", "--dir", dir); code != 4 || !strings.Contains(talk, "run it as root") {
		t.Errorf("as another: got %d %s", code, talk)
	}
	m.want(4, "it belongs to 54321: what root writes there 54321 cannot read (start its service, or put before the command: runuser -u 54321 --)", "status", "--dir", dir)
	m.want(3, "/nowhere is not a directory", "service", "install", "--dir", dir, "--writable", "/nowhere")
	m.calls()

	file := "etc/systemd/system/tongbu-city.service"
	out := m.want(0, "tongbu-city is installed and started", "service", "install", "--dir", dir, "--writable", m.root)
	if want := "tongbu-city runs " + dir + " /" + file + "\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
	if got, want := m.calls(), "enable tongbu-city.service; daemon-reload; restart tongbu-city.service; is-active tongbu-city.service"; got != want {
		t.Errorf("systemctl got %q, want %q", got, want)
	}
	spec := service.Spec{Name: "tongbu-city", Dir: dir, Program: m.program.Path, User: "54321", LowPorts: true, Writable: []string{m.root}}
	if got, want := m.read(file), service.Unit(spec); got != want {
		t.Errorf("got the unit\n%s\nwant\n%s", got, want)
	}

	m.want(0, "", "service", "install", "--dir", dir)
	if got, want := m.calls(), "disable tongbu-city.service; daemon-reload; enable tongbu-city.service; daemon-reload; restart tongbu-city.service; is-active tongbu-city.service"; got != want {
		t.Errorf("again: systemctl got %q, want %q", got, want)
	}
	spec.Writable = nil
	if m.read(file) != service.Unit(spec) {
		t.Errorf("the unit is as before:\n%s", m.read(file))
	}

	var state service.State
	if err := json.Unmarshal([]byte(m.want(0, "", "service", "status", "--dir", dir, "--json")), &state); err != nil || !state.Running || state.Name != "tongbu-city" {
		t.Errorf("got %+v, %v", state, err)
	}
	m.write("state", "failed\n")
	if out := m.want(5, "does not run (see journalctl -u tongbu-city)", "service", "status", "--dir", dir); !strings.HasPrefix(out, "tongbu-city has failed ") {
		t.Errorf("got %q", out)
	}
	m.want(5, "服务 tongbu-city 没有运行", "--lang", "zh", "service", "status", "--dir", dir)

	m.want(6, "serves "+dir+" (give this one another name with --name)", "service", "status", "--dir", filepath.Join(m.root, "other/city"))
	m.calls()
	m.want(0, "the directory is as it was", "service", "remove", "--dir", dir)
	if got, want := m.calls(), "stop tongbu-city.service; disable tongbu-city.service; daemon-reload"; got != want {
		t.Errorf("systemctl got %q, want %q", got, want)
	}
	if _, err := os.Stat(filepath.Join(m.root, file)); err == nil {
		t.Error("the unit is still there")
	}
	m.want(3, "is not installed", "service", "remove", "--dir", dir)
}

// TestServiceFails: what systemd refuses is said, and an installation that was not
// finished leaves nothing.
func TestServiceFails(t *testing.T) {
	m := newMachine(t)
	dir := m.city("city", 54321)
	m.write("refuse-enable", "")
	m.want(1, "install the service", "service", "install", "--dir", dir)
	m.want(3, "is not installed", "service", "status", "--dir", dir)
	if err := os.Remove(filepath.Join(m.root, "refuse-enable")); err != nil {
		t.Fatal(err)
	}
	m.write("refuse-restart", "")
	m.want(5, "it is installed; see journalctl -u tongbu-city", "service", "install", "--dir", dir)
	if err := os.Remove(filepath.Join(m.root, "refuse-restart")); err != nil {
		t.Fatal(err)
	}
	m.write("etc/systemd/system/tongbu-city.service", "[Service]\nExecStart=/bin/true\n")
	m.want(6, "not this program's", "service", "install", "--dir", dir)
	m.want(0, "", "service", "install", "--dir", dir, "--name", "second", "--lang", "en")
}

// TestReadiness: the service manager hears when the process serves, that it lives, and
// that it ends; the log goes where the configuration says.
func TestReadiness(t *testing.T) {
	n := proctest.FoundCity(t, program(t), proctest.Rows(nil, 0))
	city := n.City()
	city.Stop()
	if err := os.Chmod(city.File("identity/device.key"), 0o644); err != nil { // to be warned of
		t.Fatal(err)
	}
	sock := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: sock, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close() //nolint:errcheck // of the test
	logFile := filepath.Join(t.TempDir(), "city.log")
	p := program(t, "NOTIFY_SOCKET="+sock, "WATCHDOG_USEC=300000", "TONGBU_LOG_FORMAT=json", "TONGBU_LOG_FILE="+logFile, "TONGBU_LOG=debug")
	var talk bytes.Buffer
	s, err := p.Serve(t.Context(), city.Dir, &talk)
	if err != nil {
		t.Fatal(err)
	}
	wantNotified(t, c, "READY=1\nSTATUS=ready 420200000000 ")
	wantNotified(t, c, "WATCHDOG=1")
	if err := s.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	wantNotified(t, c, "STOPPING=1")
	if code, err := s.Wait(t.Context()); code != 0 || err != nil {
		t.Errorf("ended with %d, %v", code, err)
	}
	raw, err := os.ReadFile(logFile)
	if err != nil || len(raw) == 0 {
		t.Fatalf("the log file: %v, %d bytes", err, len(raw))
	}
	for line := range bytes.Lines(raw) {
		if !json.Valid(line) {
			t.Errorf("the log has %q", line)
		}
	}
	if strings.Contains(talk.String(), "level") {
		t.Errorf("stderr has lines of the log: %s", talk.String())
	}
}

// wantNotified waits until a datagram comes that begins with the text.
func wantNotified(t *testing.T, c *net.UnixConn, want string) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		if err != nil {
			t.Fatalf("want %q: %v", want, err)
		}
		if strings.HasPrefix(string(buf[:n]), want) {
			return
		}
	}
}
