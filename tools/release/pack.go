package main

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
)

// scripts are what dpkg runs.
//
//go:embed debian
var scripts embed.FS

const maintainer = "tongbu <tongbu@localhost>"

// pack makes the Debian package of a target.
func (r *release) pack(t target) error {
	work, err := os.MkdirTemp("", "tongbu-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work) //nolint:errcheck // it lies where the system clears
	info := &nfpm.Info{
		Name: "tongbu", Arch: t.processor, Platform: t.system, Version: debianVersion(r.version), VersionSchema: "none",
		Section: "net", Priority: "optional", Maintainer: maintainer, License: "Apache-2.0", MTime: r.at, DisableGlobbing: true,
		Description: "keep a city's labour records in step across four tiers\n" +
			"Community, street, district and city each hold their records on their own\n" +
			"disk, go on when the line is down, and come to one merged view at the city.",
	}
	info.Depends = []string{"passwd"}
	info.Recommends = []string{"systemd"}
	info.Umask = 0o022
	if info.Contents, err = r.contents(t); err != nil {
		return err
	}
	for name, to := range map[string]*string{"postinst": &info.Scripts.PostInstall, "prerm": &info.Scripts.PreRemove, "postrm": &info.Scripts.PostRemove} {
		text, err := scripts.ReadFile("debian/" + name)
		if err != nil {
			return err
		}
		*to = filepath.Join(work, name)
		if err := os.WriteFile(*to, text, 0o755); err != nil {
			return err
		}
	}
	f, err := os.Create(r.path("tongbu_" + r.version + "_" + t.processor + ".deb"))
	if err != nil {
		return err
	}
	if err := deb.Default.Package(nfpm.WithDefaults(info), f); err != nil {
		return err
	}
	return f.Close()
}

// contents are the files of the package. Documents are those of the tree, so that who
// has no line has them.
func (r *release) contents(t target) (files.Contents, error) {
	const doc = "/usr/share/doc/tongbu/"
	list := files.Contents{
		file(r.path(r.binary(t)), "/usr/bin/tongbu", 0o755, r.at),
		file(r.path(r.binary(t)+".cdx.json"), doc+"tongbu.cdx.json", 0o644, r.at),
		file(r.path(licencesFile), doc+licencesFile, 0o644, r.at),
		file(filepath.Join(r.root, "LICENSE"), doc+"copyright", 0o644, r.at),
		file(filepath.Join(r.root, "README.md"), doc+"README.md", 0o644, r.at),
		file(filepath.Join(r.root, "CHANGELOG.md"), doc+"CHANGELOG.md", 0o644, r.at),
	}
	docs := filepath.Join(r.root, "docs")
	err := filepath.WalkDir(docs, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(docs, path)
		list = append(list, file(path, doc+"docs/"+filepath.ToSlash(name), 0o644, r.at))
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

func file(from, to string, mode os.FileMode, at time.Time) *files.Content {
	return &files.Content{Source: from, Destination: to, FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", Mode: mode, MTime: at}}
}
