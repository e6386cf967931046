# What of Homebrew the formula needs: FORMULA PREFIX installs from the working folder.
require "fileutils"

# Place is a folder to install to.
class Place
  def initialize(dir)
    @dir = dir
    FileUtils.mkdir_p(dir)
  end

  def /(name) = File.join(@dir, name)

  def install(*items)
    items.flatten.each do |item|
      (item.is_a?(Hash) ? item : { item => File.basename(item) }).each { |from, to| FileUtils.cp(from, self / to) }
    end
  end

  def install_symlink(links)
    links.each do |from, to|
      raise "#{from} is not there" unless File.file?(from)

      File.symlink(File.basename(from), self / to)
    end
  end
end

class Formula
  class << self
    def on_macos = yield
    alias on_linux on_macos
    alias on_arm on_macos
    alias on_intel on_macos

    %i[desc homepage version license url sha256].each { |name| define_method(name) { |_value| } }
    def test; end
  end

  { bin: "bin", man1: "share/man/man1", man7: "share/man/man7", bash_completion: "etc/bash_completion.d",
    zsh_completion: "share/zsh/site-functions", fish_completion: "share/fish/vendor_completions.d" }.each do |name, dir|
    define_method(name) { Place.new(File.join(ARGV[1], dir)) }
  end
end

load File.expand_path(ARGV[0])
CredentialIam.new.install
