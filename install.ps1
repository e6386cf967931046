# Installs the programs of a release on Windows: from the folder of an unpacked
# release, or from the folder or https address that has SHA256SUMS and the archives,
# whose sum is checked. It configures nothing.
#
#   .\install.ps1 [-From DIR-OR-URL] [-Version V] [-Sum HEX] [-Key FILE] [-BinDir DIR]
#   .\install.ps1 -Uninstall [-BinDir DIR]
#
# -Sum is the SHA-256 sum that SHA256SUMS itself must have, -Key a minisign public key
# that it must be signed with (needs minisign).
[CmdletBinding()]
param(
    [string]$From = '',
    [string]$Version = '',
    [string]$Sum = '',
    [string]$Key = '',
    [string]$BinDir = (Join-Path $env:LOCALAPPDATA 'Programs\credential-iam'),
    [switch]$Uninstall
)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version 2
$ProgressPreference = 'SilentlyContinue'

function Stop-Here([string]$why) {
    [Console]::Error.WriteLine("install.ps1: $why")
    exit 1
}

# Absolute, because it goes into the PATH.
$BinDir = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($BinDir)

if ($Uninstall) {
    $ours = @()
    if (Test-Path -LiteralPath $BinDir) {
        $ours = @(Get-ChildItem -LiteralPath $BinDir -File |
            Where-Object { $_.Name -match '^((docker|git|bazel|cargo|kubelet)-credential-iam|terraform-credentials-iam|credential-iam(-[a-z-]+)?)\.exe$' })
    }
    if ($ours.Count -eq 0) { Stop-Here "nothing of credential-iam is in $BinDir; name the folder with -BinDir DIR" }
    # Said while the programs that it names are there; a person may still run them.
    'The configuration of docker and git, and cached tokens, stay as they are. These remove'
    'them, and need the programs: credential-iam unconfigure; credential-iam purge'
    if ([Environment]::UserInteractive -and -not [Console]::IsInputRedirected) {
        if ((Read-Host 'Remove the programs now? [y/N]') -notmatch '^(y|yes)$') { Stop-Here 'nothing was removed' }
    }
    foreach ($file in $ours) {
        Remove-Item -LiteralPath $file.FullName
        "removed $($file.FullName)"
    }
    $path = [Environment]::GetEnvironmentVariable('Path', 'User')
    $kept = @("$path" -split ';' | Where-Object { $_ -and $_.TrimEnd('\') -ne $BinDir.TrimEnd('\') }) -join ';'
    if ($kept -ne $path) { [Environment]::SetEnvironmentVariable('Path', $kept, 'User') }
    exit 0
}

$Version = $Version -replace '^v', ''
$home_url = 'https://github.com/credential-iam/credential-iam'
if (($Sum -or $Key) -and -not ($From -or $Version)) { Stop-Here '-Sum and -Key go with -From or -Version' }
if (-not $From -and $Version) { $From = "$home_url/releases/download/v$Version" }
$work = Join-Path ([IO.Path]::GetTempPath()) ('credential-iam-' + [Guid]::NewGuid())
New-Item -ItemType Directory -Path $work | Out-Null
try {
    if ($From) {
        if ($From -match '^[^/]*://[^/?#]*@') { # its end would be the host, and a password is for all to see
            Stop-Here '-From: an address cannot have a user name or a password in it; fetch the release yourself and name its folder'
        }
        if ($From -match '^[a-z]+://' -and $From -notmatch '^(https://|http://(127\.0\.0\.1|localhost):)') {
            Stop-Here "-From ${From}: an address must be https"
        }
        function Get-Part([string]$name) {
            $to = Join-Path $work $name
            if ($From -match '^https?://') {
                Invoke-WebRequest -UseBasicParsing -Uri ($From.TrimEnd('/') + '/' + $name) -OutFile $to
            } else {
                Copy-Item -LiteralPath (Join-Path $From $name) -Destination $to
            }
            $to
        }
        $cpu = $env:PROCESSOR_ARCHITECTURE
        if ($env:PROCESSOR_ARCHITEW6432) { $cpu = $env:PROCESSOR_ARCHITEW6432 }
        if ($cpu -eq 'ARM64') { $machine = 'windows_arm64' }
        elseif ($cpu -eq 'AMD64') { $machine = 'windows_amd64' }
        else { Stop-Here "there is no release for $cpu" }
        $list = Get-Part 'SHA256SUMS'
        if ($Sum) {
            $have = (Get-FileHash -Algorithm SHA256 -LiteralPath $list).Hash
            if ($have -ne $Sum) { Stop-Here "the sum of SHA256SUMS of $From is $have, not $Sum; nothing was installed" }
        }
        if ($Key) {
            if (-not (Get-Command minisign -CommandType Application -ErrorAction SilentlyContinue)) {
                Stop-Here 'minisign is needed to check the signature; install it, or leave -Key out'
            }
            Get-Part 'SHA256SUMS.minisig' | Out-Null
            & minisign -V -q -p $Key -m $list
            if ($LASTEXITCODE -ne 0) { Stop-Here "SHA256SUMS of $From is not signed with $Key; nothing was installed" }
        }
        $sums = @(Get-Content -LiteralPath $list |
            Where-Object { $_ -match "^([0-9a-f]{64})  (credential-iam_([A-Za-z0-9.~-]*)_$machine\.zip)$" } |
            ForEach-Object { [pscustomobject]@{ Sum = $Matches[1]; Name = $Matches[2]; Version = $Matches[3] } })
        if ($Version) { $sums = @($sums | Where-Object { $_.Version -eq $Version }) }
        if ($sums.Count -eq 0) { Stop-Here "$From has no archive of it for $machine" }
        if ($sums.Count -gt 1) { Stop-Here "$From has several versions; choose one with -Version V" }
        $archive = Get-Part $sums[0].Name
        $have = (Get-FileHash -Algorithm SHA256 -LiteralPath $archive).Hash.ToLowerInvariant()
        if ($have -ne $sums[0].Sum) {
            Stop-Here "the sum of $($sums[0].Name) is $have, SHA256SUMS says $($sums[0].Sum); nothing was installed"
        }
        Expand-Archive -LiteralPath $archive -DestinationPath $work
        $release = Join-Path $work ($sums[0].Name -replace '\.zip$', '')
    } else {
        $release = $PSScriptRoot
    }
    if (-not (Test-Path -LiteralPath (Join-Path $release 'docker-credential-iam.exe'))) {
        Stop-Here "$release is not a release for Windows; name one with -From or -Version"
    }

    New-Item -ItemType Directory -Force -Path $BinDir | Out-Null
    $made = @(Get-ChildItem -LiteralPath $release -Filter '*.exe' | ForEach-Object { @{ From = $_.FullName; Name = $_.Name } })
    # Windows lets few people make links, so a further name is a copy.
    foreach ($line in Get-Content -LiteralPath (Join-Path $release 'links.txt')) {
        if ($line -match '[\\/:]') { Stop-Here "$release has a link that is not a name; nothing was installed" }
        $link, $target = $line -split ' '
        $made += @{ From = (Join-Path $release "$target.exe"); Name = "$link.exe" }
    }
    foreach ($file in $made) {
        $to = Join-Path $BinDir $file.Name
        $new = "$to.new"
        Copy-Item -LiteralPath $file.From -Destination $new -Force
        # A running program cannot be replaced, but it can be renamed.
        if (Test-Path -LiteralPath $to) {
            Remove-Item -LiteralPath "$to.old" -Force -ErrorAction SilentlyContinue
            Move-Item -LiteralPath $to -Destination "$to.old" -Force
        }
        Move-Item -LiteralPath $new -Destination $to
        Remove-Item -LiteralPath "$to.old" -Force -ErrorAction SilentlyContinue
        "installed $to"
    }
} finally {
    Remove-Item -LiteralPath $work -Recurse -Force -ErrorAction SilentlyContinue
}

$path = [Environment]::GetEnvironmentVariable('Path', 'User')
if (@("$path" -split ';' | ForEach-Object { $_.TrimEnd('\') }) -notcontains $BinDir.TrimEnd('\')) {
    [Environment]::SetEnvironmentVariable('Path', (@($path, $BinDir) | Where-Object { $_ }) -join ';', 'User')
    "added $BinDir to your PATH; open a new terminal"
}
if (Test-Path -LiteralPath (Join-Path $env:LOCALAPPDATA 'credential-iam\configured.json')) {
    'the configuration stays as it is; credential-iam doctor checks it'
} else {
    'nothing is configured yet; next: credential-iam configure --help'
}
