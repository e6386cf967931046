# What of Homebrew the formula needs: FORMULA OS CPU (macos or linux, arm or intel) says
# what is downloaded for that system; with PREFIX it installs from the working folder,
# prints the caveats and runs the formula's test.
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
    attr_reader :given, :check

    %w[macos linux].each { |os| define_method("on_#{os}") { |&block| block.call if ARGV[1] == os } }
    %w[arm intel].each { |cpu| define_method("on_#{cpu}") { |&block| block.call if ARGV[2] == cpu } }

    # Said twice for one system, it is not known which is meant.
    %i[desc homepage version license url sha256].each do |name|
      define_method(name) do |value|
        raise "a second #{name}" if (@given ||= {})[name]

        @given[name] = value
      end
    end

    def test(&block) = @check = block
  end

  { bin: "bin", man1: "share/man/man1", man7: "share/man/man7", bash_completion: "etc/bash_completion.d",
    zsh_completion: "share/zsh/site-functions", fish_completion: "share/fish/vendor_completions.d" }.each do |name, dir|
    define_method(name) { Place.new(File.join(ARGV[3], dir)) }
  end

  # Homebrew's fails where the command does.
  def system(*command) = super || raise("#{command} failed")
end

load File.expand_path(ARGV[0])
puts CredentialIam.given.values_at(:url, :sha256)
if ARGV[3]
  formula = CredentialIam.new
  formula.install
  puts formula.caveats
  $stdout.flush
  formula.instance_eval(&CredentialIam.check)
end
