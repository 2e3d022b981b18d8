//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// Storage is everything that the visitor's browser keeps.
type Storage struct {
	Cookies   []*network.Cookie // of all sites
	Local     map[string]string // what follows is of the page's site
	Session   map[string]string
	Databases []string // the names of IndexedDB; unknown while JavaScript is off
	Caches    []string // the addresses that service workers keep, likewise
	History   string   // what scripts attached to the history entry
	Name      string   // of the window, which outlives pages
}

// String returns all of it as JSON, to search it for what should not be there.
func (s Storage) String() string {
	text, err := json.Marshal(s)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Storage returns what the visitor's browser keeps now.
func (p *Page) Storage() Storage {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	var s Storage
	err := p.eval(ctx, `({
		Local: {...localStorage}, Session: {...sessionStorage}, History: JSON.stringify(history.state), Name: name})`, &s)
	if err == nil && p.script {
		err = p.eval(ctx, `(async () => ({
			Databases: (await indexedDB.databases()).map(d => d.name),
			Caches: (await Promise.all((await caches.keys()).map(async key => (await (await caches.open(key)).keys()).map(r => r.url)))).flat(),
		}))()`, &s)
	}
	cookies, err2 := chromedp.CallBrowser(ctx, storage.GetCookies, storage.GetCookiesParams{
		BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
	})
	if err := errors.Join(err, err2); err != nil {
		p.fail("read the storage", err)
	}
	s.Cookies = cookies.Cookies
	return s
}

// A machine has one clipboard, and tests run in parallel.
var clipboard sync.Mutex

// AllowClipboard lets the site that the page is at read and write the
// clipboard, empties it, and keeps other tests from it until this one ends.
// Call it for one page of a test.
func (p *Page) AllowClipboard() {
	p.t.Helper()
	clipboard.Lock()
	p.t.Cleanup(clipboard.Unlock)
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	origin, err := p.origin(ctx)
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		if err != nil {
			break
		}
		_, err = chromedp.CallBrowser(ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
			Permission:       &cdpbrowser.PermissionDescriptor{Name: name},
			Setting:          cdpbrowser.PermissionSettingGranted,
			Origin:           origin,
			BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
		})
	}
	if err == nil {
		err = p.eval(ctx, "navigator.clipboard.writeText('')", nil)
	}
	if err != nil {
		p.fail("allow the clipboard", err)
	}
}

// Clipboard returns what was copied last. AllowClipboard comes first.
func (p *Page) Clipboard() string {
	p.t.Helper()
	return Eval[string](p, "navigator.clipboard.readText()")
}
