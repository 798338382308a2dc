// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "MoviesKit",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [
        .library(name: "MoviesKit", targets: ["MoviesKit"])
    ],
    targets: [
        .target(name: "MoviesKit"),
        .testTarget(name: "MoviesKitTests", dependencies: ["MoviesKit"]),
    ],
    swiftLanguageModes: [.v6]
)
