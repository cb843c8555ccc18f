package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Checks run in order; each passes unless it panics. Waits have a bound.

var (
	bootstrap = os.Getenv("INTEROP_BOOTSTRAP")
	wait      = 30 * time.Second * time.Duration(patience())
	failed    = 0
)

func patience() int {
	if n, err := strconv.Atoi(os.Getenv("SLUICE_INTEROP_PATIENCE")); err == nil {
		return n
	}
	return 1
}

// check runs one check, if its name contains $INTEROP_CHECK.
func check(name string, body func()) {
	if !strings.Contains(name, os.Getenv("INTEROP_CHECK")) {
		return
	}
	begun := time.Now()
	defer func() {
		if reason := recover(); reason != nil {
			failed++
			fmt.Printf("not ok %s\n  %v\n", name, reason)
			return
		}
		fmt.Printf("ok %s (%.1f s)\n", name, time.Since(begun).Seconds())
	}()
	body()
}

// unique makes a name that no other check uses, for topics and groups.
func unique(stem string) string {
	random := make([]byte, 4)
	rand.Read(random)
	return fmt.Sprintf("%s-%x", stem, random)
}

func equal(actual, expected any, what string) {
	if !reflect.DeepEqual(actual, expected) {
		panic(fmt.Sprintf("%s: expected %v, got %v", what, expected, actual))
	}
}

func must(err error, what string) {
	if err != nil {
		panic(fmt.Sprintf("%s: %v", what, err))
	}
}

// until asks again and again, until the condition holds.
func until(condition func() bool, what string) {
	for end := time.Now().Add(wait); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			panic(fmt.Sprintf("not within %v: %s", wait, what))
		}
	}
}
