# A formula for Homebrew, on macOS and Linux: .ci/taps fills it in.
class CredentialIam < Formula
  desc "@DESCRIPTION@"
  homepage "@HOMEPAGE@"
  version "@VERSION@"
  license "@LICENSE@"

  on_macos do
    on_arm do
      url "@URL@/credential-iam_@VERSION@_darwin_arm64.tar.gz"
      sha256 "@SUM_darwin_arm64@"
    end
    on_intel do
      url "@URL@/credential-iam_@VERSION@_darwin_amd64.tar.gz"
      sha256 "@SUM_darwin_amd64@"
    end
  end

  on_linux do
    on_arm do
      url "@URL@/credential-iam_@VERSION@_linux_arm64.tar.gz"
      sha256 "@SUM_linux_arm64@"
    end
    on_intel do
      url "@URL@/credential-iam_@VERSION@_linux_amd64.tar.gz"
      sha256 "@SUM_linux_amd64@"
    end
  end

  def install
    bin.install Dir["credential-iam*", "*-credential-iam"]
    File.foreach("links.txt") do |line|
      link, program = line.split
      bin.install_symlink bin/program => link
    end
    man1.install Dir["man/man1/*"]
    man7.install Dir["man/man7/*"]
    bash_completion.install "completions/credential-iam.bash" => "credential-iam"
    zsh_completion.install "completions/_credential-iam"
    fish_completion.install "completions/credential-iam.fish"
  end

  def caveats
    "Nothing is configured yet; next: credential-iam configure"
  end

  test do
    system bin/"docker-credential-iam", "version"
  end
end
