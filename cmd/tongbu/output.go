package main

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tongbu/cmd/tongbu/internal/tier"
	"tongbu/internal/durable"
	"tongbu/internal/fault"
	"tongbu/internal/vault"
)

// save writes a file that the user has named, as durable.Save does, and only where
// checkOutput lets it.
func save(file string, replace bool, fill func(io.Writer) error) error {
	real, err := checkOutput(file)
	if err != nil {
		return err
	}
	if replace {
		file = real // a link keeps on naming what is written
	}
	return durable.Save(file, replace, fill)
}

// replacing writes files of what can be asked for again, in place of those of these
// names: it says so. The files of a command that come together stand there together.
func (a *app) replacing(files []string, fill func([]io.Writer) error) error {
	real, there := make([]string, len(files)), []string{}
	for i, file := range files {
		var err error
		if real[i], err = checkOutput(file); err != nil {
			return err
		}
		if _, err := os.Lstat(file); err == nil {
			there = append(there, file)
		}
	}
	if err := durable.SaveAll(real, true, fill); err != nil {
		return err
	}
	for _, file := range there {
		a.tell("%s was there already and is replaced", file)
	}
	return nil
}

// checkOutput refuses a file that lies in a directory of the program's, or opens one,
// however it is named: what lies there is the program's alone. It returns the file
// with its links followed. It writes nothing, so that what takes long or leaves
// something behind can be refused before.
func checkOutput(file string) (real string, err error) {
	if file == "-" {
		return "", fault.New(fault.Invalid, "- is no name of a file").WithHint("name a file; tongbu query and tongbu list without one write to standard output")
	}
	dir, name := filepath.Split(file) // as filepath.Dir, and it takes no ".." away
	parent, err := followed(cmp.Or(dir, "."))
	if err != nil {
		return "", fault.Wrap("write "+filepath.Base(file), err)
	}
	places := []string{filepath.Join(parent, name)}
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(file); err == nil {
			return "", fault.New(fault.Invalid, "%s is a link to what is not there", file).WithHint("remove it, or name a file")
		}
		return places[0], refuseHeld(file, places)
	}
	if err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return "", fault.New(fault.Invalid, "%s is no regular file", file).WithHint("name a file")
	}
	if err == nil {
		real, err = followed(file)
	}
	switch {
	case err != nil:
		return "", fault.Wrap("write "+filepath.Base(file), err)
	case info.Mode().IsRegular() && vault.IsKeyFile(file):
		return "", fault.New(fault.Invalid, "%s is the key file of a directory", file).WithHint("name another file")
	}
	return real, refuseHeld(file, append(places, real))
}

// followed is a path without links and "..", which are taken as the system takes them:
// the ".." after a link is that of where it leads.
func followed(path string) (string, error) {
	if !filepath.IsAbs(path) {
		here, err := os.Getwd()
		if err != nil {
			return "", err
		}
		path = here + string(filepath.Separator) + path
	}
	return filepath.EvalSymlinks(path)
}

// refuseHeld returns Invalid when one of the places lies in a directory of the program's.
func refuseHeld(file string, places []string) error {
	for _, place := range places {
		if keys := filepath.Dir(place); vault.HoldsKeys(keys) {
			return fault.New(fault.Invalid, "%s lies beside the keys of directories of tongbu, in %s", file, keys).WithHint("name a file elsewhere; what lies there is copied and guarded as keys are")
		}
		for at := place; ; at = filepath.Dir(at) {
			if tier.Holds(at) {
				return fault.New(fault.Invalid, "%s lies in a directory of tongbu, %s", file, at).WithHint("name a file elsewhere; backups belong on another disk")
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	return nil
}

// checkWorkbook refuses a name that no workbook has; "" is none.
func checkWorkbook(file string) error {
	if file == "" {
		return nil
	}
	if !strings.EqualFold(filepath.Ext(file), ".xlsx") {
		return fault.New(fault.Invalid, "%s is no name of a workbook", file).WithHint("name a file that ends in .xlsx")
	}
	_, err := checkOutput(file)
	return err
}
