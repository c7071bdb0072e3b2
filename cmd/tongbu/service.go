package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/config"
	"tongbu/internal/fault"
	"tongbu/internal/vault"
	"tongbu/node/operate/service"
)

func (a *app) serviceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "service", Short: "serve a directory from the start of the computer on",
		Long: "Serve a directory from the start of the computer on, as a service of systemd or\nof Windows, under the name tongbu- and the last part of the directory's path.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.serviceInstallCommand(), a.serviceRemoveCommand(), a.serviceStatusCommand())
	for _, c := range cmd.Commands() {
		c.Args = checkedArgs(c.Args)
	}
	return cmd
}

type serviceOptions struct {
	dir, name, user string
	password        string
	writable        []string
	json            bool
}

func (o *serviceOptions) addFlags(cmd *cobra.Command) {
	dirFlag(cmd, &o.dir)
	cmd.Flags().StringVar(&o.name, "name", "", "name of the service, when it is another")
	cmd.Flags().BoolVar(&o.json, "json", false, "JSON")
}

func (a *app) serviceInstallCommand() *cobra.Command {
	var o serviceOptions
	cmd := &cobra.Command{
		Use: "install --dir DIR", Short: "make the service and start it; again: with this program and these settings",
		Long: "Make the service of a directory and start it. It runs as the user whom the\ndirectory belongs to, may write to the directory and to nothing else, and is\nstarted again when it fails. Run it again after the directory, its ports or the\nprogram's file have moved.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runServiceInstall(o) },
	}
	o.addFlags(cmd)
	cmd.Flags().StringVar(&o.user, "user", "", "whom it runs as (default: whom the directory belongs to, but not root; on Windows the local system account)")
	cmd.Flags().StringVar(&o.password, "password-file", "", "on Windows: file with the password of --user; - is standard input")
	cmd.Flags().StringArrayVar(&o.writable, "writable", nil, "directory that it may write to as well, as for backups; may be given again")
	return cmd
}

func (a *app) serviceRemoveCommand() *cobra.Command {
	var o serviceOptions
	cmd := &cobra.Command{
		Use: "remove --dir DIR", Short: "stop the service and remove it; the directory stays as it is",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := o.spec()
			if err != nil {
				return err
			}
			if err := service.Remove(s); err != nil {
				return err
			}
			a.say("the service %s is removed; the directory is as it was", s.Name)
			return nil
		},
	}
	o.addFlags(cmd)
	_ = cmd.Flags().MarkHidden("json") // there is nothing to print
	return cmd
}

func (a *app) serviceStatusCommand() *cobra.Command {
	var o serviceOptions
	cmd := &cobra.Command{
		Use: "status --dir DIR", Short: "show whether the service is installed (exit code 3: not) and runs (5: not)",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			s, err := o.spec()
			if err != nil {
				return err
			}
			return a.showService(s, o.json)
		},
	}
	o.addFlags(cmd)
	return cmd
}

// spec is the service of a directory as far as its name and place say.
func (o *serviceOptions) spec() (service.Spec, error) {
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return service.Spec{}, fault.Wrap("find the directory", err)
	}
	program, err := service.ProgramPath()
	s := service.Spec{Name: o.name, Dir: dir, Program: program}
	if s.Name == "" {
		s.Name = service.NameOf(dir)
	}
	return s, err
}

func (a *app) runServiceInstall(o serviceOptions) error {
	s, err := o.spec()
	if err != nil {
		return err
	}
	if _, err := tier.LevelOf(s.Dir); err != nil {
		return err
	}
	// The service has none of the variables of who installs it.
	c, err := config.Load(s.Dir, nil)
	if err != nil {
		return err
	}
	s.Keys, s.LowPorts = tier.SecretFiles(s.Dir, c), lowPorts(c)
	if s.Writable, err = writable(o.writable, c); err != nil {
		return err
	}
	if s.User, err = serviceUser(o.user, s, c); err != nil {
		return err
	}
	if s.Password, err = a.readSecret("password", "", o.password); err != nil {
		return err
	}
	if err := service.Install(s); err != nil {
		return err
	}
	a.say("the service %s is installed and started", s.Name)
	return a.showService(s, o.json)
}

func writable(dirs []string, c config.Config) (paths []string, err error) {
	if c.LogFile != "" {
		dirs = append(slices.Clone(dirs), filepath.Dir(c.LogFile))
	}
	if c.NightlyBackupDir != "" {
		dirs = append(slices.Clone(dirs), c.NightlyBackupDir)
	}
	for _, dir := range dirs {
		path, err := filepath.Abs(dir)
		if err != nil {
			return nil, fault.Wrap("find the directory", err)
		}
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			return nil, fault.New(fault.NotFound, "%s is not a directory", path).WithHint("make it first, writable for the service's user")
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// lowPorts reports whether a hub listens on a port that is root's to open.
func lowPorts(c config.Config) bool {
	return slices.ContainsFunc(config.Places(strings.Join([]string{c.Listen, c.Web, c.Door, c.API, c.Monitor}, ",")), func(place string) bool {
		_, port, err := net.SplitHostPort(place)
		n, convErr := strconv.Atoi(port)
		return err == nil && convErr == nil && n > 0 && n < 1024
	})
}

// superuser has every right on a machine.
const superuser = "root"

// serviceUser is whom the service is to run as: who cannot read the directory or its key
// is refused now, not at the next start of the computer.
func serviceUser(user string, s service.Spec, c config.Config) (string, error) {
	source, err := vault.SourceOf(s.Dir)
	if err != nil && fault.Of(err) != fault.NotFound { // a directory from before there were keys
		return "", err
	}
	if source.Kind == vault.Passphrase && c.PassphraseFile == "" {
		return "", fault.New(fault.Invalid, "nobody is there to type the passphrase of a service").
			WithHint("write it to a file, and its path as passphrase_file into %s", config.File)
	}
	if runtime.GOOS == "windows" {
		if source.Kind == vault.DPAPI && user == "" {
			return "", fault.New(fault.Invalid, "the key of the directory is kept by a Windows account: as another nothing can read it").
				WithHint(`give that account with --user .\NAME and --password-file FILE; it needs the right to log on as a service`)
		}
		return user, nil
	}
	owner, err := service.OwnerOf(s.Dir)
	switch {
	case err != nil:
		return "", err
	case owner == "" && user == superuser:
		return "", nil
	case owner == "" && user == "":
		return "", fault.New(fault.Invalid, "the directory belongs to root, and a service does better without root's rights").
			WithHint("give it and its key to a user of its own: chown -R tongbu: %s; or say --user root", strings.Join(outsideFirst(s), " "))
	case owner == "" || user != "" && user != owner:
		return "", fault.New(fault.Invalid, "the directory does not belong to %s", user).
			WithHint("chown -R %s: %s", user, strings.Join(outsideFirst(s), " "))
	}
	return owner, nil
}

// outsideFirst are the directory and the files outside of it that its user needs, as
// words of a shell.
func outsideFirst(s service.Spec) []string {
	words := []string{quoted(s.Dir)}
	for _, key := range s.Keys {
		if inside, err := filepath.Rel(s.Dir, key); err != nil || !filepath.IsLocal(inside) {
			words = append(words, quoted(key))
		}
	}
	return words
}

// showService prints how a service stands, and fails when it does not run.
func (a *app) showService(s service.Spec, asJSON bool) error {
	state, err := service.Status(s)
	if err != nil {
		return err
	}
	if asJSON {
		err = a.printJSON(state)
	} else {
		err = a.printLine("%s", strings.Join(strings.Fields(state.Name+" "+a.stateWord(state.State)+" "+state.Dir+" "+state.File), " "))
	}
	if err != nil || state.Running {
		return err
	}
	return fault.New(fault.Unavailable, "the service %s does not run", s.Name).WithHint("%s", service.WhereToLook(s.Name))
}

// stateWord is a state of the service manager in words.
func (a *app) stateWord(state string) string {
	switch state {
	case service.Active:
		return a.lang.Say("runs")
	case service.Inactive:
		return a.lang.Say("stopped")
	case "activating":
		return a.lang.Say("starting")
	case "deactivating":
		return a.lang.Say("stopping")
	case service.Failed:
		return a.lang.Say("has failed")
	}
	return state
}

// serveHosted serves as Windows' service manager wants it, where that has started the
// process.
func (a *app) serveHosted(ctx context.Context, dir string, flags map[string]string) error {
	return service.Host(ctx, a.hosted, service.NameOf(dir), func(ctx context.Context, ready func()) error {
		return a.runServe(ctx, dir, flags, ready)
	})
}
