package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/backup"
	"tongbu/internal/change"
	"tongbu/internal/fault"
	"tongbu/internal/vault"
	"tongbu/node/operate"
	"tongbu/node/socket"
)

// fileOptions are of commands that write or read one file beside a directory.
type fileOptions struct {
	dir         string
	force, json bool
}

func (o *fileOptions) addFlags(cmd *cobra.Command) {
	dirFlag(cmd, &o.dir)
	cmd.Flags().BoolVar(&o.json, "json", false, "JSON")
}

func (a *app) backupCommand() *cobra.Command {
	var o fileOptions
	cmd := &cobra.Command{
		Use: "backup --dir DIR FILE", Short: "copy all that matters of a directory into one file, also while it is served",
		Long: "Copy all that matters of a directory into one file: keys, configuration and\nthe journal as it is now. The serving process goes on. The file can be used\nas the device itself: keep it as you keep its keys.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runBackup(cmd.Context(), o, args[0]) },
	}
	o.addFlags(cmd)
	cmd.Flags().BoolVar(&o.force, "force", false, "replace FILE once the new one is whole")
	return cmd
}

func (a *app) runBackup(ctx context.Context, o fileOptions, file string) error {
	if _, err := checkOutput(file); err != nil {
		return err
	}
	c, err := a.client(ctx, o.dir)
	if err != nil {
		return err
	}
	defer c.Close()
	var m backup.Manifest
	err = save(file, o.force, func(w io.Writer) error {
		answer, err := c.Call(ctx, http.MethodGet, "/backup", nil)
		if err != nil {
			return err
		}
		defer answer.Close() //nolint:errcheck // only read
		m, err = backup.Check(io.TeeReader(answer, w))
		return err
	})
	if err != nil {
		return err
	}
	if err := sayMade(ctx, c, m, file); err != nil {
		a.say("note: status does not know of this backup: %s", a.lang.Line(oneLine(err.Error())))
	}
	if o.json {
		return a.printJSON(m)
	}
	a.say("backed up the %s of %s, device %s: %d files", a.lang.Say(m.Tier), m.Network, m.Device, len(m.Files))
	a.tellStrays(m.Strays)
	a.tellBackupKey(o.dir)
	return nil
}

// tellBackupKey says what a backup is worth nothing without.
func (a *app) tellBackupKey(dir string) {
	if place, err := vault.DescribeSource(dir); err == nil {
		a.say("note: it is opened with the directory's key alone, which is not in it: %s", a.lang.Line(place))
	}
}

// sayMade tells whoever has the directory open that a backup of it is whole.
func sayMade(ctx context.Context, c *socket.Client, m backup.Manifest, file string) error {
	made := operate.Made{Began: m.Time, File: file}
	if path, err := filepath.Abs(file); err == nil {
		made.File = path
	}
	if info, err := os.Stat(file); err == nil {
		made.Bytes = info.Size()
	}
	err := c.JSON(ctx, http.MethodPost, "/backup/made", made, &struct{}{})
	if fault.Of(err) == fault.Unsupported { // a process of an older program, which keeps nothing of it
		return nil
	}
	return err
}

// tellStrays names the files that are none of a directory's and not in a backup.
func (a *app) tellStrays(names []string) {
	if len(names) > 0 {
		a.say("note: left out, being none of the program's files: %s", strings.Join(names, ", "))
	}
}

func (a *app) restoreCommand() *cobra.Command {
	var o fileOptions
	var trust tier.Trust
	var device string
	cmd := &cobra.Command{
		Use: "restore --dir DIR FILE", Short: "make a directory from a backup; it goes on as the same device under a new incarnation",
		Long: "Make a directory from a backup. DIR must be missing or empty: move an old one\naside first, it may hold what nobody else has. The device goes on under a new\nincarnation, a city in a new epoch; what others know comes back by itself.\n\nA backup is signed by its device, so that nobody else can have altered it. But\nwho can write to where it is kept can put another device's in its place: what\nis printed says whose it is, and --device or --authority refuses any other.\n\nThe key of the directory is not in the backup. A key file is looked for where\nthe configuration in the backup and TONGBU_KEYS say, where it was made, and in\n/etc/tongbu/keys (root) or tongbu/keys in the user's configuration directory;\non another computer give a copy of it with --key.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			trust.Device = change.DeviceID(device)
			return a.runRestore(cmd.Context(), o, args[0], trust)
		},
	}
	o.addFlags(cmd)
	cmd.Flags().StringVar(&trust.Key, "key", "", "a copy of the directory's key file, put where it is looked for when it is not there")
	cmd.Flags().StringVar(&device, "device", "", "refuse a backup of any other device")
	cmd.Flags().StringVar(&trust.Authority, "authority", "", "refuse a device that this authority did not certify: its fingerprint, as init prints it")
	cmd.Flags().BoolVar(&trust.Unsigned, "unsigned", false, "also take a backup that is not signed, of an older program")
	return cmd
}

func (a *app) runRestore(ctx context.Context, o fileOptions, file string, trust tier.Trust) error {
	f, err := openFile(file)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	if err := mayMake(o.dir); err != nil {
		return err
	}
	r, err := tier.Restore(ctx, o.dir, f, trust, a.vars)
	if err != nil {
		return err
	}
	if !r.Signed {
		a.say("warning: the backup is not signed: its configuration and all its files may have been altered")
	}
	a.tellStrays(r.Strays)
	if o.json {
		return a.printJSON(r)
	}
	epoch := ""
	if r.NewEpoch > r.Epoch {
		epoch = a.lang.Say(", epoch %d", r.NewEpoch)
	}
	a.say("restored the %s of %s as of %s: device %s, incarnation %d%s",
		a.lang.Say(r.Tier), r.Network, shortTime(r.Time), r.Device, r.NewIncarnation, epoch)
	if r.KeyFile != "" {
		a.say("the key is now in %s: remove it there when this was a trial", r.KeyFile)
	}
	if r.Signed {
		a.say("signed by that device of unit %s, certified by authority %s: compare them with what you expect", strings.TrimSpace(r.Code+" "+string(r.Unit)), r.AuthorityShort())
	}
	a.say("next: tongbu serve --dir %s", quoted(o.dir))
	return nil
}

// openFile opens a regular file to read.
func openFile(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.Wrap("read "+strings.ToValidUTF8(filepath.Base(path), "?"), err)
	}
	if !info.Mode().IsRegular() {
		return nil, fault.New(fault.Invalid, "%s is not a file", path)
	}
	f, err := os.Open(path)
	return f, fault.Wrap("read "+filepath.Base(path), err)
}
