// Package static holds what the browser fetches besides pages: styles, the
// script, fonts, icons and three vendored libraries. It is embedded, so the
// program needs no folder beside it.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed dist fonts vendor licenses icons.svg favicon.svg
var files embed.FS

const prefix = "/static/"

// A file is one asset, with its compressed form if that is smaller.
type file struct {
	contentType  string
	body, zipped []byte
}

// One hash names the whole set, so that a relative URL inside a stylesheet
// stays within the same version as the stylesheet.
var assets, version = load(files)

// URL returns the address of the asset, for example "dist/app.css". The
// address changes whenever any asset does and may be cached for ever. It
// panics for a name that does not exist: names are constants.
func URL(name string) string {
	if _, ok := assets[name]; !ok {
		panic("static: no asset " + strconv.Quote(name))
	}
	return prefix + version + "/" + name
}

// Handler serves the assets below /static/. An address of this version may be
// kept for ever; one of another version, which browsers ask for while an
// upgrade is under way, gets today's file and must be checked again.
func Handler() http.Handler {
	return http.HandlerFunc(serve)
}

func serve(w http.ResponseWriter, r *http.Request) {
	hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, prefix), "/")
	asset, ok := assets[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	header.Set("Content-Type", asset.contentType)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-cache")
	if hash == version {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body := asset.body
	if asset.zipped != nil {
		header.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			header.Set("Content-Encoding", "gzip")
			body = asset.zipped
		}
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body)
	}
}

// acceptsGzip reports whether the header names gzip, or anything, without
// refusing it by a quality of zero.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(part, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding != "gzip" && coding != "*" {
			continue
		}
		value, found := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		quality, err := strconv.ParseFloat(value, 64)
		return !found || err == nil && quality > 0
	}
	return false
}

// load reads every file of fsys and returns them with twelve digits of the
// hash of all their names and contents.
func load(fsys fs.FS) (map[string]file, string) {
	all, sum := map[string]file{}, sha256.New()
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(body))
		sum.Write(body)
		all[name] = newFile(name, body)
		return nil
	})
	if err != nil {
		panic("static: " + err.Error())
	}
	return all, hex.EncodeToString(sum.Sum(nil))[:12]
}

func newFile(name string, body []byte) file {
	f := file{contentType: contentType(name), body: body}
	if strings.HasPrefix(f.contentType, "font/") {
		return f
	}
	var zipped bytes.Buffer
	w, _ := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	_, _ = w.Write(body)
	_ = w.Close()
	if zipped.Len() < len(body) {
		f.zipped = zipped.Bytes()
	}
	return f
}

// contentType does not leave the answer to the machine's own list of types
// for the kinds that a browser refuses when they are named wrongly.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".txt", "":
		return "text/plain; charset=utf-8"
	default:
		return mime.TypeByExtension(ext)
	}
}
