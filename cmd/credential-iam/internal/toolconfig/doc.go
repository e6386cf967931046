// Package toolconfig makes tools beyond docker and git ask credential-iam-client for
// their credentials, undoes that, and tells what is configured. Each tool is a file.
//
// A tool is edited by its own command where that keeps what others wrote (kubectl).
// The commands of pip, npm and pnpm rewrite a file and lose its comments, and
// cargo, Terraform and Bazel have none: there the package adds lines, marked by a
// comment above, and never changes another one. What has to give way (--force alone)
// becomes a comment in its place. So nothing is recorded elsewhere, and undoing
// leaves every byte of others as it was.
//
// A file that the tool would not read is refused, unchanged. Everything is planned
// first, as a list of [Step], and no step shows a value of others.
package toolconfig
