package service

import (
	"os"

	system "github.com/kardianos/service"

	"tongbu/internal/fault"
)

// The service managers that are known.
const (
	systemdPlatform = "linux-systemd"
	windowsPlatform = "windows-service"
)

// HostedFlag is how `tongbu serve` is told that Windows runs it as a service. The unit of
// systemd goes without.
const HostedFlag = "hosted"

func arguments(s Spec) []string { return []string{"serve", "--dir", s.Dir, "--" + HostedFlag} }

// inert is a service that is looked after from outside.
type inert struct{}

func (inert) Start(system.Service) error { return nil }
func (inert) Stop(system.Service) error  { return nil }

// handle is the service manager's side of a valid service; Unsupported where no known
// one runs.
func handle(s Spec) (system.Service, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if p := system.Platform(); p != systemdPlatform && p != windowsPlatform {
		return nil, fault.New(fault.Unsupported, "neither systemd nor Windows manages services here").
			WithHint("let what starts programs here run: tongbu serve --dir DIR")
	}
	h, err := system.New(inert{}, &system.Config{
		Name: s.Name, DisplayName: "tongbu " + s.Dir, Description: "tongbu serves " + s.Dir,
		UserName: s.User, Executable: s.Program, Arguments: arguments(s),
		Option: system.KeyValue{
			"SystemdScript": Unit(s), "Password": s.Password,
			"OnFailure": "restart", "OnFailureDelayDuration": "10s", "OnFailureResetPeriod": 24 * 60 * 60,
		},
	})
	return h, fault.Wrap("reach the service manager", err)
}

// Install makes the service of a directory and starts it; it returns when the process is
// ready, on Windows after a minute at the latest. One that was installed before for the same directory is
// replaced, and its process started again. It returns Busy for a name that is another's,
// Denied without the right to it, Unsupported where no known service manager runs.
func Install(s Spec) error {
	h, err := handle(s)
	if err != nil {
		return err
	}
	if err := put(s, h); err != nil {
		return err
	}
	if err := begin(s, h); err != nil {
		return fault.As(fault.Unavailable, "start the service", err).WithHint("it is installed; %s", WhereToLook(s.Name))
	}
	return nil
}

// Remove stops the service and removes it; what it served stays. It returns NotFound
// when it is not installed, Denied without the right to it.
func Remove(s Spec) error {
	h, err := handle(s)
	if err != nil {
		return err
	}
	if err := mayChange(s); err != nil {
		return err
	}
	if err := end(h); err != nil {
		return fault.As(fault.Unavailable, "stop the service", err).WithHint("%s", WhereToLook(s.Name))
	}
	return fault.Wrap("remove the service", h.Uninstall())
}

// Status is how the service stands; NotFound when it is not installed.
func Status(s Spec) (State, error) {
	h, err := handle(s)
	if err != nil {
		return State{}, err
	}
	state, err := stateOf(s, h)
	return State{Name: s.Name, Dir: s.Dir, File: fileOf(s.Name), State: state, Running: state == Active}, err
}

// notInstalled is what everybody is told who asks for a service that there is not.
func notInstalled(s Spec) error {
	return fault.New(fault.NotFound, "%s is not installed as a service", s.Dir).WithHint("tongbu service install --dir %s", s.Dir)
}

// ProgramPath is this program's own file, as a service is to run it.
func ProgramPath() (string, error) {
	path, err := os.Executable()
	return path, fault.Wrap("find the program's file", err)
}
