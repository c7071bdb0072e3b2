package pages

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed assets
var assetFiles embed.FS

// AssetPath is where the assets are: each under a name that has its hash in it, so
// that a browser keeps it for ever and never has an old one.
const AssetPath = "/a/"

// asset is one file that pages ask for.
type asset struct {
	body []byte
	kind string // media type
}

// assets are the files by their hashed names, and those names by the plain ones.
type assets struct {
	files map[string]asset
	names map[string]string
}

func loadAssets() (*assets, error) {
	all := &assets{files: map[string]asset{}, names: map[string]string{}}
	err := fs.WalkDir(assetFiles, "assets", func(at string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || mediaType(at) == "" {
			return err
		}
		body, err := assetFiles.ReadFile(at)
		if err != nil {
			return err
		}
		all.add(path.Base(at), body)
		return nil
	})
	return all, err
}

func (a *assets) add(name string, body []byte) {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:8]) + ext
	a.files[hashed] = asset{body: body, kind: mediaType(name)}
	a.names[name] = AssetPath + hashed
}

// mediaType is what a file is sent as; "" for one that is not sent.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return ""
}

// ServeHTTP answers with an asset.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	one, known := a.files[strings.TrimPrefix(r.URL.Path, AssetPath)]
	if !known {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", one.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(one.body) // who asked may have gone
}
