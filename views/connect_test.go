package views

import (
	"strings"
	"testing"
)

// TestConfigurationsAreComplete reads the configurations of all gateways; those
// that run here are tried out in web/gate.
func TestConfigurationsAreComplete(t *testing.T) {
	for _, url := range []string{"http://127.0.0.1:8080", "https://console.example.com", "https://console.example.com:8443", "http://[2001:db8::1]:80"} {
		for _, gateway := range Gateways {
			c := Connection{URL: url, Repository: "métriques", Scopes: []string{"ReadAccess", "billing:read"}}
			files, err := c.Files(gateway)
			if err != nil {
				t.Fatal(err)
			}
			whole := ""
			for _, file := range files {
				whole += file.Text
				if file.Name == "" || strings.Contains(file.Text, "<<") || strings.Contains(file.Text, ">>") || strings.Contains(file.Text, "\t") || !strings.HasSuffix(file.Text, "\n") {
					t.Errorf("%s, %s of %s:\n%s", url, file.Name, gateway.Name, file.Text)
				}
				for line := range strings.Lines(file.Text) {
					if strings.TrimRight(line, " \n") != strings.TrimSuffix(line, "\n") {
						t.Errorf("%s: a space ends %q", gateway.Name, line)
					}
				}
			}
			path := c.Path(gateway.Name)
			if gateway.Name == "caddy" {
				path = "/forward-auth/caddy/métriques/ReadAccess,billing:read"
			}
			host := strings.TrimSuffix(url[strings.Index(url, "://")+3:], ":80")
			if gateway.Name == "envoy" {
				host = strings.Trim(strings.Split(host, ":8")[0], "[]")
			}
			for _, part := range []string{path, host, "127.0.0.1:3000", "8081"} {
				if !strings.Contains(whole, part) && !(gateway.Name == "envoy" && part == "127.0.0.1:3000") && !(gateway.Name == "traefik" && part == "8081") {
					t.Errorf("%s, %s does not say %s:\n%s", url, gateway.Name, part, whole)
				}
			}
			for _, header := range IdentityHeaders {
				if !strings.Contains(strings.ToLower(whole), strings.ToLower(header.Name)) {
					t.Errorf("%s does not say %s", gateway.Name, header.Name)
				}
			}
			verifies := map[string]string{
				"nginx": "proxy_ssl_verify on;", "haproxy": "httpclient.ssl.verify required", "apache": "SSLProxyVerify require",
				"envoy": "trusted_ca", "caddy": "forward_auth https://", "traefik": `address: "https://`,
			}[gateway.Name]
			if strings.Contains(whole, verifies) != strings.HasPrefix(url, "https") {
				t.Errorf("%s, %s: %s", url, gateway.Name, verifies)
			}
		}
	}
}

func TestSpellings(t *testing.T) {
	got := strings.Join(headerName{"X-Token-Id"}.Spellings(), " ")
	if want := "X-Token-Id X-Token_Id X_Token-Id X_Token_Id"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := (headerName{"Forwarded"}).Spellings(); len(got) != 1 || got[0] != "Forwarded" {
		t.Errorf("got %v", got)
	}
}
