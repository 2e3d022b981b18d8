// Command testall runs every test of the program, those against PostgreSQL and
// in a browser included, and none may be skipped. On Debian it first installs
// the servers that these two need, if they are missing and it may. Its
// arguments are passed on to go test.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	if err := install(missing()); err != nil {
		// The tests say what they lack, and the others are worth running.
		fmt.Fprintln(os.Stderr, "testall:", err)
	}
	failed := false
	for _, packages := range [][]string{{"./..."}, {"-tags", "e2e", "./web/e2e/..."}} {
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
	return packages
}

func found(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// install installs packages as root, without asking anything.
func install(packages []string) error {
	if len(packages) == 0 {
		return nil
	}
	command := []string{"env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "Acquire::Retries=3"}
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
