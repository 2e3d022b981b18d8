// Command testall runs every test of the program, those against PostgreSQL, in
// a browser and behind gateways included, and none may be skipped. On Debian it
// first installs what these need, if it is missing and it may, and starts none
// of it. Its arguments are passed on to go test.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if err := install(missing()); err != nil {
		// The tests say what they lack, and the others are worth running.
		fmt.Fprintln(os.Stderr, "testall:", err)
	}
	failed := false
	for _, packages := range [][]string{{"./..."}, {"-tags", "e2e", "-timeout", "20m", "./web/e2e/..."}} {
		args := append([]string{"test"}, os.Args[1:]...)
		if err := run("go", append(args, packages...)...); err != nil {
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

// missing lists the Debian packages that have to be installed.
func missing() []string {
	var packages []string
	servers, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(servers) == 0 && os.Getenv("TEST_DATABASE_URL") == "" && !found("postgres") {
		packages = append(packages, "postgresql")
	}
	if !found("chromium") && !found("chromium-browser") && !found("google-chrome") {
		packages = append(packages, "chromium", "fonts-liberation")
	}
	for _, gateway := range []string{"nginx", "caddy", "haproxy"} {
		if !found(gateway) {
			packages = append(packages, gateway)
		}
	}
	if sockets, _ := filepath.Glob("/usr/share/lua/*/socket/http.lua"); len(sockets) == 0 || !found("apache2") {
		packages = append(packages, "apache2-bin", "lua-socket")
	}
	// The examples of the API page run in these.
	for name, check := range map[string][]string{
		"curl": {"curl", "--version"}, "nodejs": {"node", "--version"}, "libwww-perl": {"perl", "-MLWP", "-e1"}, "python3-requests": {"python3", "-c", "import requests"},
	} {
		if exec.Command(check[0], check[1:]...).Run() != nil {
			packages = append(packages, name)
		}
	}
	slices.Sort(packages)
	return packages
}

// found also looks where Debian puts servers.
func found(program string) bool {
	for _, path := range []string{program, "/usr/sbin/" + program} {
		if _, err := exec.LookPath(path); err == nil {
			return true
		}
	}
	return false
}

// unstarted runs a command while Debian's packages start none of their
// services, unless the machine has rules of its own about that.
const unstarted = `
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap 'exit 1' HUP INT TERM
	trap 'rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
fi
"$@"`

// install installs packages as root, without asking anything.
func install(packages []string) error {
	if len(packages) == 0 {
		return nil
	}
	command := []string{"env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", unstarted, "sh", "apt-get", "-o", "Acquire::Retries=3"}
	if os.Geteuid() != 0 {
		command = append([]string{"sudo", "-n"}, command...)
	}
	fmt.Fprintln(os.Stderr, "testall: installing", strings.Join(packages, ", "))
	if !found("apt-get") {
		return fmt.Errorf("there is no apt-get; please install %s", strings.Join(packages, ", "))
	}
	// An outdated list is no reason to stop: what is needed may be in it.
	updated := run(command[0], append(command[1:], "update")...)
	args := append(command[1:], "install", "-y", "--no-install-recommends")
	if err := run(command[0], append(args, packages...)...); err != nil {
		return fmt.Errorf("installing %s: %w (update: %v)", strings.Join(packages, ", "), err, updated)
	}
	return nil
}

func run(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "LATCHKEY_TEST_REQUIRE=1")
	return cmd.Run()
}
