# 装好运行各页要的一切（Windows）。在这个文件夹里运行：powershell -ExecutionPolicy Bypass -File install.ps1
Set-Location $PSScriptRoot
foreach ($version in '3.11', '3.12') {
    if (Get-Command py -ErrorAction SilentlyContinue) {
        & py "-$version" -c 'pass' 2>$null
        if ($LASTEXITCODE -eq 0) { & py "-$version" tools\install.py; exit $LASTEXITCODE }
    }
}
Write-Host '没有找到 Python 3.11 或 3.12。请从 https://www.python.org/downloads/windows/ 装 64 位的 3.11，再运行一次。'
exit 1
