package web

import (
	"net/http"
	"net/netip"

	"github.com/labstack/echo/v4"

	"latchkey/internal/console"
)

// ClientAddress returns how to tell from which address a request comes: the
// TCP peer, unless that is a proxy to believe; then the rightmost hop of
// X-Forwarded-For that is not. No other header counts. Where a proxy does not
// say it plainly the address is unknown: the zero address.
func ClientAddress(trusted []netip.Prefix) func(*http.Request) netip.Addr {
	return func(r *http.Request) netip.Addr {
		peer, ok := console.ParseAddr(console.Peer(r.RemoteAddr))
		if !ok || !console.Within(trusted, peer) {
			return peer
		}
		return console.ClientBehind(trusted, r.Header.Values(echo.HeaderXForwardedFor))
	}
}

// answerable returns how to tell who answers for a request, for the log and
// for slowing down who asks too often: the client, or the peer where the client
// is unknown.
func answerable(client func(*http.Request) netip.Addr) echo.IPExtractor {
	return func(r *http.Request) string {
		if addr := client(r); addr.IsValid() {
			return addr.String()
		}
		peer := console.Peer(r.RemoteAddr)
		if addr, ok := console.ParseAddr(peer); ok {
			return addr.String()
		}
		return peer
	}
}
