package static

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, method, url, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, url, nil)
	if encoding != "" {
		r.Header.Set("Accept-Encoding", encoding)
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

// A vendored file is exactly the published one.
func TestVendoredFiles(t *testing.T) {
	for name, want := range map[string]string{
		"vendor/htmx.min.js":   "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
		"vendor/hx-sse.min.js": "18ef2761356ec1fe0bb6d92612315b37517a7c1e9856b661c5ae81fef239d103",
		"vendor/cally.js":      "4dcba6a3b8ec63b66ff2fbfc6cf47b7dee1eb4896eac89fe7487d82e28e15870",
	} {
		sum := sha256.Sum256(assets[name].body)
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%s has SHA-256 %s, want %s", name, got, want)
		}
	}
}

func TestEveryAssetIsServed(t *testing.T) {
	types := map[string]string{
		".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
		".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8",
	}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		res := get(t, http.MethodGet, URL(name), "")
		want, _ := fs.ReadFile(files, name)
		got, _ := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusOK || string(got) != string(want) {
			t.Errorf("%s: status %d, %d bytes, want 200 and %d", name, res.StatusCode, len(got), len(want))
		}
		if got := res.Header.Get("Content-Type"); got != types[path.Ext(name)] {
			t.Errorf("%s has type %q, want %q", name, got, types[path.Ext(name)])
		}
		if got := res.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s has Cache-Control %q", name, got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestURL(t *testing.T) {
	if !regexp.MustCompile(`^/static/[0-9a-f]{12}/dist/app\.css$`).MatchString(URL("dist/app.css")) {
		t.Errorf("URL is %s", URL("dist/app.css"))
	}
	defer func() {
		if recover() == nil {
			t.Error("an unknown name does not panic")
		}
	}()
	URL("dist/none.css")
}

// A stylesheet is immutable only if what it refers to is.
func TestStylesheetStaysWithinTheVersion(t *testing.T) {
	refs := regexp.MustCompile(`url\("?([^)"]+)"?\)`).FindAllSubmatch(assets["dist/app.css"].body, -1)
	if len(refs) == 0 {
		t.Fatal("the stylesheet refers to no font")
	}
	for _, ref := range refs {
		name := path.Join("dist", string(ref[1]))
		if _, ok := assets[name]; !ok {
			t.Errorf("%s resolves to %s, which does not exist", ref[0], name)
		}
	}
}

func TestAnotherVersionIsNotKept(t *testing.T) {
	res := get(t, http.MethodGet, "/static/000000000000/dist/app.css", "")
	if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("status %d, Cache-Control %q", res.StatusCode, res.Header.Get("Cache-Control"))
	}
}

func TestWhatIsNotServed(t *testing.T) {
	root := "/static/" + version
	for _, url := range []string{
		"/static/", "/static", root, root + "/", root + "/dist", root + "/dist/", root + "/css/app.css", root + "/js/app.js",
		root + "/static.go", root + "/dist/../static.go", root + "/none.css", "/static/dist/app.css",
	} {
		if res := get(t, http.MethodGet, url, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s answers %d, want 404", url, res.StatusCode)
		}
	}
	if res := get(t, http.MethodPost, URL("dist/app.css"), ""); res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST answers %d, want 405", res.StatusCode)
	}
	head := get(t, http.MethodHead, URL("dist/app.css"), "")
	if body, _ := io.ReadAll(head.Body); head.StatusCode != http.StatusOK || len(body) != 0 {
		t.Errorf("HEAD answers %d with %d bytes", head.StatusCode, len(body))
	}
}

func TestCompression(t *testing.T) {
	for encoding, want := range map[string]string{
		"gzip": "gzip", "br, gzip;q=0.5": "gzip", "*": "gzip", "GZIP": "gzip",
		"": "", "br": "", "gzip;q=0": "", "gzip; q=0.0, br": "", "identity": "",
	} {
		res := get(t, http.MethodGet, URL("dist/app.css"), encoding)
		if got := res.Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q gives %q, want %q", encoding, got, want)
		}
		if got := res.Header.Get("Vary"); got != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: Vary is %q", encoding, got)
		}
		body := io.Reader(res.Body)
		if want == "gzip" {
			body, _ = gzip.NewReader(res.Body)
		}
		if got, _ := io.ReadAll(body); string(got) != string(assets["dist/app.css"].body) {
			t.Errorf("Accept-Encoding %q: not the same stylesheet", encoding)
		}
	}
	res := get(t, http.MethodGet, URL("fonts/geist-latin.woff2"), "gzip")
	if res.Header.Get("Content-Encoding") != "" || res.Header.Get("Vary") != "" {
		t.Error("a font, which is compressed already, is compressed again")
	}
}

// The first visit stays small.
func TestBudget(t *testing.T) {
	for name, most := range map[string]int{"dist/app.css": 14_000, "dist/app.js": 6_200, "dist/passkey.js": 1_024, "dist/session.js": 1_024, "dist/unsaved.js": 1_024, "icons.svg": 6_000} {
		if got := len(assets[name].zipped); got == 0 || got > most {
			t.Errorf("%s has %d bytes compressed, want at most %d", name, got, most)
		}
	}
}

// What is distributed with its licence stays so.
func TestLicences(t *testing.T) {
	for name, phrase := range map[string]string{
		"licenses/htmx.txt": "Zero-Clause BSD", "licenses/cally.txt": "Permission is hereby granted",
		"licenses/lucide.txt": "ISC License", "licenses/geist.txt": "SIL OPEN FONT LICENSE",
	} {
		if !strings.Contains(string(assets[name].body), phrase) {
			t.Errorf("%s does not say %q", name, phrase)
		}
	}
}
